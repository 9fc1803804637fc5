"""Names that no package draws well: Korean and Chinese ones from their syllables, Arab, Indian and African ones as they are written
in Latin letters.

The lists say which names there are, not who bears them."""

KOREAN = """ji min seo jun hyun woo jin soo yeon eun hye young ho sung jae hee kyung joon min seok dong chan tae yoon ha na ri hyeon
geon kyu sang won il mi sun ok myung byung chul in ah yu bin do gyeong hwan""".split()
KOREAN_FAMILIES = """Kim Lee Park Choi Jung Jeong Kang Cho Jo Yoon Jang Chang Lim Im Han Oh Seo Shin Kwon Hwang Ahn An Song Ryu Yoo
Hong Jeon Ko Moon Yang Son Bae Baek Heo Nam Shim Noh Ha Joo Woo Min Jin Na Ji Eom Chae Bang Byun""".split()
CHINESE = """ai an bao bin bo chang chao chen cheng chun da dan de dong fang fei feng fu gang gui guo hai han hao he hong hua hui
jia jian jiang jie jin jing jun kai kang lan lei li lian liang lin ling long lu mei meng min ming na ning pei peng ping qi qiang
qin qing rong rui shan shu song tao ting wei wen xi xia xiang xiao xin xiu xue yan yang yi ying yong yu yuan yue yun ze zhen zhi
zhong zi""".split()
CHINESE_FAMILIES = """Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang
Xu Han Feng Deng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Shen Yao Lu Fu Zhong Cui Tan
Liao Fan Wang Jin Shi Dai Jia Xia Qiu Fang Hou Zou Xiong Meng Qin Bai Chan Wong Cheung Leung Ng Lam Ho Kwok Tsai Hsu Chiang""".split()

ARAB = """Ahmed Mohammed Muhammad Mahmoud Ali Hassan Hussein Omar Khaled Khalid Youssef Yusuf Ibrahim Abdullah Abdulrahman Karim
Tariq Samir Walid Nabil Rashid Hamza Bilal Faisal Salim Jamal Adel Mustafa Ziad Anas Amr Sami Rami Fadi Majid Nasser Saeed Yahya
Ismail Marwan Fatima Aisha Khadija Maryam Zainab Layla Leila Noor Nour Huda Amina Salma Yasmin Rania Dina Hanan Samira Nadia Lina
Mona Reem Sara Zahra Hala Iman Lubna Mariam Najwa Rasha Shaimaa Souad Wafa Ghada Dalal Hind Basma Sumaya""".split()
ARAB_FAMILIES = """Haddad Khoury Mansour Nasser Saleh Hamdan Aziz Farouk Rahman Qureshi Sharif Darwish Said Najjar Hakim Bakr Sabbagh
Khalil Masri Shami Baghdadi Tikriti Zahrani Ghamdi Otaibi Harbi Qahtani Shehri Maliki Amin Fawzi Ghanem Jaber Kanaan Mahfouz Naguib
Obeid Sabri Taha Zaki Benali Bouzid Cherif Haddou Alaoui Bennani Idrissi Tazi Mansouri Belkacem Boudiaf Trabelsi Gharbi""".split()
INDIAN = """Aarav Vivaan Aditya Arjun Rohan Rahul Amit Sanjay Vijay Rajesh Suresh Ramesh Mahesh Ganesh Anil Sunil Manoj Ashok Deepak
Prakash Ravi Kiran Kumar Vikram Nikhil Karthik Srinivas Venkatesh Murali Gopal Harish Naveen Pranav Siddharth Yash Ishaan Kabir
Gurpreet Harpreet Manpreet Jaspreet Priya Anjali Pooja Neha Kavita Sunita Anita Lakshmi Divya Shreya Ananya Aishwarya Deepika
Meera Radha Sita Gita Rekha Usha Asha Shanti Padma Saraswati Nandini Swati Sneha Ritu Jyoti Kalpana Vandana Bhavna Ishita Tanvi
Brij Mohan Dinesh Hemant Jagdish Lalit Mukesh Naresh Omkar Parth Rakesh Tejas Umesh Vinod Zubin Charu Ekta Falguni Gauri Hema""".split()
INDIAN_FAMILIES = """Sharma Verma Gupta Singh Kaur Patel Shah Mehta Joshi Desai Reddy Rao Naidu Iyer Iyengar Nair Menon Pillai
Krishnan Subramanian Raman Natarajan Chatterjee Banerjee Mukherjee Ghosh Bose Sen Das Dutta Roy Mishra Pandey Tiwari Dubey Shukla
Agarwal Bansal Goel Jain Kapoor Khanna Malhotra Chopra Arora Bhatia Sethi Gill Sandhu Dhillon Grewal Kulkarni Deshpande Patil Jadhav
Pawar Shinde Gowda Hegde Shetty Kamath Bhat Fernandes DSouza Thomas Varghese Kurian Mathew Chacko Chaudhary Yadav Thakur Rathore""".split()
AFRICAN = """Kwame Kofi Kwasi Yaw Kojo Ama Akua Abena Adwoa Efua Chidi Chinedu Emeka Obinna Ikenna Uche Ngozi Adaeze Chioma Nneka
Ifeoma Amara Tunde Babatunde Olumide Segun Femi Wale Kunle Yemi Folake Funmilayo Bisi Titilayo Abiola Musa Ibrahim Sani Aminu Hauwa
Wanjiru Njeri Wambui Kamau Mwangi Otieno Ochieng Achieng Akinyi Kipchoge Cheptoo Jomo Juma Baraka Neema Rehema Zawadi Thabo Sipho
Themba Bongani Lindiwe Nomsa Thandiwe Zanele Lerato Naledi Kagiso Tendai Tapiwa Rudo Chipo Farai Mamadou Moussa Ousmane Cheikh
Aminata Fatou Awa Mariama Oumar Ibrahima Abdoulaye Tesfaye Abebe Haile Selam Hiwot Bekele Mulugeta Dawit Tsegaye""".split()
AFRICAN_FAMILIES = """Mensah Owusu Boateng Asante Appiah Osei Agyeman Amoah Danso Okafor Okonkwo Eze Nwosu Obi Onyeka Adeyemi Adebayo
Ogunleye Balogun Oladipo Afolabi Akande Bello Danjuma Abubakar Odhiambo Omondi Wekesa Kariuki Njoroge Kimani Mutua Kiplagat Korir
Ndlovu Nkosi Dlamini Khumalo Zulu Mokoena Molefe Mthembu Sithole Moyo Ncube Chirwa Banda Phiri Mwale Diallo Diop Ndiaye Traoré
Keita Coulibaly Sow Camara Touré Cissé Fofana Kone Gebremariam Tadesse Girma Alemu Desta Mekonnen Wolde Kagame Habimana""".split()

GIVEN = {"arab": ARAB, "indian": INDIAN, "african": AFRICAN}
FAMILIES = {"arab": ARAB_FAMILIES, "indian": INDIAN_FAMILIES, "african": AFRICAN_FAMILIES, "korean": KOREAN_FAMILIES,
            "chinese": CHINESE_FAMILIES}
PEOPLES = {"korean": 5, "chinese": 5, "arab": 4, "indian": 5, "african": 4}


def first(random, people):
    """A given name of a people."""
    if people in GIVEN:
        return random.choice(GIVEN[people])
    one, two = random.choice(KOREAN if people == "korean" else CHINESE), random.choice(KOREAN if people == "korean" else CHINESE)
    draw = random.random()
    if people == "korean":
        if draw < 0.6:
            return f"{one.title()}-{two}"
        return f"{one.title()}{two}" if draw < 0.8 else f"{one.title()} {two.title()}" if draw < 0.9 else f"{one.title()}-{two.title()}"
    if draw < 0.5:
        return f"{one.title()}{two}"
    return one.title() if draw < 0.8 else f"{one.title()}-{two}" if draw < 0.9 else f"{one.title()} {two.title()}"


def last(random, people):
    """A family name of a people."""
    name = random.choice(FAMILIES[people])
    if people == "arab" and random.random() < 0.35:
        return random.choice(["Al-", "Al ", "El ", "El-", "al-", "Bin ", "Ben ", "Abu "]) + name
    return name


def name(random, people):
    """A whole name of a people, in the order that it has there or that it is given abroad."""
    given, family, draw = first(random, people), last(random, people), random.random()
    if people in ("korean", "chinese"):
        return f"{family} {given}" if draw < 0.35 else f"{given} {family}"
    if people == "arab" and draw < 0.15:
        return f"{given} {random.choice(['bin', 'ibn', 'bint', 'Abdel', 'Abu'])} {random.choice(ARAB)} {family}"
    if people == "indian" and draw < 0.2:
        return f"{initials(random, 2)} {given}" if draw < 0.1 else f"{given} {random.choice(INDIAN)} {family}"
    return f"{given} {family}"


def initials(random, most=3):
    """Initials with dots or without, together or apart."""
    letters = [random.choice("ABCDEFGHIJKLMNOPRSTUVWYZ") for _ in range(random.randint(1, most))]
    style = random.random()
    if len(letters) == 1:
        return letters[0] + ("." if style < 0.8 else "")
    if style < 0.5:
        return ".".join(letters) + "."
    return ". ".join(letters) + "." if style < 0.85 else "".join(letters) if style < 0.95 else " ".join(letters)
